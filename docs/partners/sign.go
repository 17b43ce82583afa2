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

const covered = `("@method" "@target-uri" "content-type" "content-digest" "idempotency-key")`

// Headers gives the headers of a POST of body (JSON) to url; take the same idempotency key when you
// send it again.
func Headers(key ed25519.PrivateKey, keyID, url string, body []byte, idempotencyKey string) [][2]string {
	sum := sha256.Sum256(body)
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	parameters := fmt.Sprintf(`%s;created=%d;keyid="%s";nonce="%s";tag="qika-partner"`,
		covered, time.Now().Unix(), keyID, base64.RawURLEncoding.EncodeToString(random))
	base := "\"@method\": POST\n\"@target-uri\": " + url +
		"\n\"content-type\": application/json\n\"content-digest\": " + digest +
		"\n\"idempotency-key\": " + idempotencyKey + "\n\"@signature-params\": " + parameters
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(key, []byte(base)))
	return [][2]string{
		{"Content-Type", "application/json"},
		{"Content-Digest", digest},
		{"Idempotency-Key", idempotencyKey},
		{"Signature-Input", "qika=" + parameters},
		{"Signature", "qika=:" + signature + ":"},
	}
}

// Prints the headers: go run sign.go private.pem KEY_ID URL BODY_FILE IDEMPOTENCY_KEY
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
	body, err := os.ReadFile(os.Args[4])
	if err != nil {
		panic(err)
	}
	for _, header := range Headers(key.(ed25519.PrivateKey), os.Args[2], os.Args[3], body, os.Args[5]) {
		fmt.Printf("%s: %s\n", header[0], header[1])
	}
}
