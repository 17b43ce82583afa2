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

    /** Gives the headers of a POST of body (JSON) to url; take the same idempotency key when you send it again. */
    public static Map<String, String> headers(
            PrivateKey key, String keyId, String url, byte[] body, String idempotencyKey) throws Exception {
        var base64 = Base64.getEncoder();
        var digest = "sha-256=:" + base64.encodeToString(MessageDigest.getInstance("SHA-256").digest(body)) + ":";
        var random = new byte[16];
        new SecureRandom().nextBytes(random);
        var nonce = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        var parameters = COVERED + ";created=" + Instant.now().getEpochSecond()
            + ";keyid=\"" + keyId + "\";nonce=\"" + nonce + "\";tag=\"qika-partner\"";
        var base = "\"@method\": POST\n\"@target-uri\": " + url
            + "\n\"content-type\": application/json\n\"content-digest\": " + digest
            + "\n\"idempotency-key\": " + idempotencyKey + "\n\"@signature-params\": " + parameters;
        var signer = Signature.getInstance("Ed25519");
        signer.initSign(key);
        signer.update(base.getBytes(StandardCharsets.UTF_8));
        var headers = new LinkedHashMap<String, String>();
        headers.put("Content-Type", "application/json");
        headers.put("Content-Digest", digest);
        headers.put("Idempotency-Key", idempotencyKey);
        headers.put("Signature-Input", "qika=" + parameters);
        headers.put("Signature", "qika=:" + base64.encodeToString(signer.sign()) + ":");
        return headers;
    }

    /** Reads a private key in PEM, as openssl genpkey writes it. */
    public static PrivateKey key(Path file) throws Exception {
        var text = Files.readString(file).replaceAll("-----[A-Z ]+-----|\\s", "");
        return KeyFactory.getInstance("Ed25519")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)));
    }

    /** Prints the headers: java Sign.java private.pem KEY_ID URL BODY_FILE IDEMPOTENCY_KEY */
    public static void main(String[] said) throws Exception {
        headers(key(Path.of(said[0])), said[1], said[2], Files.readAllBytes(Path.of(said[3])), said[4])
            .forEach((name, value) -> System.out.println(name + ": " + value));
    }
}
