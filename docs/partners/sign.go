// Signs requests to Qika: copy this into your program. Needs the standard library alone.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

const (
	covered      = `("@method" "@target-uri" "content-type" "content-digest" "idempotency-key")`
	coveredOfGet = `("@method" "@target-uri")`
)

// Headers gives the headers of a POST of body to url: of contentType application/json, or application/x-ndjson
// for a stream; take the same idempotency key when you send it again.
func Headers(key ed25519.PrivateKey, keyID, url, contentType string, body []byte, idempotencyKey string) [][2]string {
	sum := sha256.Sum256(body)
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	base := "\"@method\": POST\n\"@target-uri\": " + url + "\n\"content-type\": " + contentType +
		"\n\"content-digest\": " + digest + "\n\"idempotency-key\": " + idempotencyKey + "\n"
	return append([][2]string{
		{"Content-Type", contentType},
		{"Content-Digest", digest},
		{"Idempotency-Key", idempotencyKey},
	}, signed(key, keyID, covered, base)...)
}

// GetHeaders gives the headers of a GET of url: how a stream stands, or its results.
func GetHeaders(key ed25519.PrivateKey, keyID, url string) [][2]string {
	return signed(key, keyID, coveredOfGet, "\"@method\": GET\n\"@target-uri\": "+url+"\n")
}

func signed(key ed25519.PrivateKey, keyID, covered, base string) [][2]string {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	parameters := fmt.Sprintf(`%s;created=%d;keyid="%s";nonce="%s";tag="qika-partner"`,
		covered, time.Now().Unix(), keyID, base64.RawURLEncoding.EncodeToString(random))
	base += "\"@signature-params\": " + parameters
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(base)))
	return [][2]string{
		{"Signature-Input", "qika=" + parameters},
		{"Signature", "qika=:" + signature + ":"},
	}
}

// Prints the headers: go run sign.go private.pem KEY_ID URL [BODY_FILE IDEMPOTENCY_KEY [CONTENT_TYPE]]
func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	private := key.(ed25519.PrivateKey)
	if len(os.Args) < 6 {
		show(GetHeaders(private, os.Args[2], os.Args[3]))
		return
	}
	body, err := os.ReadFile(os.Args[4])
	if err != nil {
		panic(err)
	}
	contentType := append(os.Args[6:], "application/json")[0]
	show(Headers(private, os.Args[2], os.Args[3], contentType, body, os.Args[5]))
}

func show(headers [][2]string) {
	for _, header := range headers {
		fmt.Printf("%s: %s\n", header[0], header[1])
	}
}
