"""An Azure-compatible store on loopback for one test: Azurite with a container of blobs, behind a proxy that fails.

    python3 store.py AZURITE FOLDER COUNT

starts Azurite (the program AZURITE, its data in FOLDER), puts COUNT blobs into a container that anybody may read, and
prints the container's URL. The blobs are made from their numbers and also lie in FOLDER/expected. Behind that URL every
seventh request fails: it is refused, cut off, or answered with 503. Ends when standard input does.
"""
import base64
import email.utils
import hashlib
import hmac
import http.client
import http.server
import itertools
import os
import socketserver
import subprocess
import sys
import threading
import time

ACCOUNT = "devstoreaccount1"
# Azurite's well-known key, which its documentation names: no secret.
KEY = base64.b64decode("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")
CONTAINER = "blobs"
VERSION = "2021-08-06"


def signed(connection, method, path, query, headers, body):
    """One request with a shared key."""
    headers = dict(headers)
    headers["x-ms-date"] = email.utils.formatdate(usegmt=True)
    headers["x-ms-version"] = VERSION
    length = str(len(body)) if body else ""
    named = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-ms-"))
    resource = f"/{ACCOUNT}/{ACCOUNT}{path}" + "".join(f"\n{name}:{query[name]}" for name in sorted(query))
    text = f"{method}\n\n\n{length}\n\n{headers.get('Content-Type', '')}\n\n\n\n\n\n\n{named}{resource}"
    signature = base64.b64encode(hmac.new(KEY, text.encode(), hashlib.sha256).digest()).decode()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
    headers["Content-Length"] = str(len(body))
    url = f"/{ACCOUNT}{path}" + ("?" + "&".join(f"{name}={query[name]}" for name in query) if query else "")
    connection.request(method, url, body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status not in (200, 201):
        sys.exit(f"{method} {url}: {answer.status} {said.decode(errors='replace')}")


def contents(number):
    """The bytes of a blob: a line again and again; most are small, some span several ranges."""
    size = 3_000_000 + number if number % 500 == 499 else (number * 37) % 9000
    line = f"blob {number}: what somebody once put into the cloud\n".encode()
    return (line * (size // len(line) + 1))[:size]


def fill(port, folder, count):
    os.makedirs(os.path.join(folder, "expected", "logs"))
    connection = http.client.HTTPConnection("127.0.0.1", port)
    signed(connection, "PUT", f"/{CONTAINER}", {"restype": "container"}, {"x-ms-blob-public-access": "container"}, b"")
    for number in range(count):
        name = f"logs/{number:05}.txt"
        bytes_ = contents(number)
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "text/plain"}
        signed(connection, "PUT", f"/{CONTAINER}/{name}", {}, headers, bytes_)
        with open(os.path.join(folder, "expected", name), "wb") as file:
            file.write(bytes_)


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes GET on, and fails every seventh time."""

    protocol_version = "HTTP/1.1"
    requests = itertools.count(1)
    port = 0

    def do_GET(self):
        number = next(self.requests)
        if number % 21 == 7:
            self.close_connection = True  # Without an answer.
            return
        if number % 21 == 14:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"x-ms-version": VERSION}
        if "Range" in self.headers:
            headers["x-ms-range"] = self.headers["Range"]
        connection.request("GET", self.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if number % 21 == 0:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 256


def free_port():
    with socketserver.TCPServer(("127.0.0.1", 0), None) as server:
        return server.server_address[1]


def main():
    azurite, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    port = free_port()
    command = [azurite, "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    command += ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", os.path.join(folder, "data")]
    store = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
                break
            except OSError:
                time.sleep(0.1)
        else:
            sys.exit("Azurite does not listen")
        fill(port, folder, count)
        Proxy.port = port
        proxy = Server(("127.0.0.1", 0), Proxy)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{proxy.server_address[1]}/{ACCOUNT}/{CONTAINER}", flush=True)
        sys.stdin.read()
    finally:
        store.terminate()
        store.wait()


main()
