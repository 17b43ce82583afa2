// Signs requests to Qika: copy this into your program. Needs Java 17 or newer, nothing else.
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

public final class Sign {
    private static final String COVERED =
        "(\"@method\" \"@target-uri\" \"content-type\" \"content-digest\" \"idempotency-key\")";
    private static final String COVERED_OF_GET = "(\"@method\" \"@target-uri\")";

    /**
     * Gives the headers of a POST of body to url: of contentType application/json, or application/x-ndjson for a
     * stream; take the same idempotency key when you send it again.
     */
    public static Map<String, String> headers(
            PrivateKey key, String keyId, String url, String contentType, byte[] body, String idempotencyKey)
            throws Exception {
        var sha256 = MessageDigest.getInstance("SHA-256").digest(body);
        var digest = "sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":";
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", contentType);
        headers.put("Content-Digest", digest);
        headers.put("Idempotency-Key", idempotencyKey);
        headers.putAll(signed(key, keyId, COVERED, "\"@method\": POST\n\"@target-uri\": " + url
            + "\n\"content-type\": " + contentType + "\n\"content-digest\": " + digest
            + "\n\"idempotency-key\": " + idempotencyKey + "\n"));
        return headers;
    }

    /** Gives the headers of a GET of url: how a stream stands, or its results. */
    public static Map<String, String> headersOfGet(PrivateKey key, String keyId, String url) throws Exception {
        return signed(key, keyId, COVERED_OF_GET, "\"@method\": GET\n\"@target-uri\": " + url + "\n");
    }

    private static Map<String, String> signed(PrivateKey key, String keyId, String covered, String lines)
            throws Exception {
        var random = new byte[16];
        new SecureRandom().nextBytes(random);
        var nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        var parameters = covered + ";created=" + Instant.now().getEpochSecond()
            + ";keyid=\"" + keyId + "\";nonce=\"" + nonce + "\";tag=\"qika-partner\"";
        var signer = Signature.getInstance("Ed25519");
        signer.initSign(key);
        signer.update((lines + "\"@signature-params\": " + parameters).getBytes(StandardCharsets.UTF_8));
        var headers = new LinkedHashMap<String, String>();
        headers.put("Signature-Input", "qika=" + parameters);
        headers.put("Signature", "qika=:" + Base64.getEncoder().encodeToString(signer.sign()) + ":");
        return headers;
    }

    /** Reads a private key in PEM, as openssl genpkey writes it. */
    public static PrivateKey key(Path file) throws Exception {
        var text = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("Ed25519")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }

    /** Prints the headers: java Sign.java private.pem KEY_ID URL [BODY_FILE IDEMPOTENCY_KEY [CONTENT_TYPE]] */
    public static void main(String[] said) throws Exception {
        var key = key(Path.of(said[0]));
        var headers = said.length < 5
            ? headersOfGet(key, said[1], said[2])
            : headers(key, said[1], said[2], said.length > 5 ? said[5] : "application/json",
                Files.readAllBytes(Path.of(said[3])), said[4]);
        headers.forEach((name, value) -> System.out.println(name + ": " + value));
    }
}
