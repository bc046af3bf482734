import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serve } from "./serve.mjs";

let folder, server, port;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "isolog-serve-"));
  await mkdir(join(folder, "dist/empty"), { recursive: true });
  await mkdir(join(folder, "dist-secret"));
  await writeFile(join(folder, "dist/index.html"), "<p>page</p>");
  await writeFile(join(folder, "dist/app-1f.wasm"), "\0asm");
  await writeFile(join(folder, "dist/two words.csv"), "a,b\n");
  await writeFile(join(folder, "secret"), "outside");
  await writeFile(join(folder, "dist-secret/secret"), "outside");
  await symlink(join(folder, "secret"), join(folder, "dist/link"));
  ({ server } = await serve(join(folder, "dist")));
  port = server.address().port;
});

after(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

// `fetch` would tidy the path before sending it, so the tests speak plain HTTP.
const send = (path, method = "GET") =>
  new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method, agent: false }, async (response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
    })
      .on("error", reject)
      .end();
  });

test("a folder's address gives its index.html", async () => {
  for (const path of ["/", "/index.html", "/?a=../b"]) {
    const { status, headers, body } = await send(path);
    assert.deepEqual([status, headers["content-type"], body], [200, "text/html; charset=utf-8", "<p>page</p>"], path);
  }
});

test("wasm has the type that streaming compilation needs", async () => {
  const { headers } = await send("/app-1f.wasm");
  assert.equal(headers["content-type"], "application/wasm");
  assert.equal(headers["content-length"], "4");
});

test("an escaped name is decoded", async () => assert.equal((await send("/two%20words.csv")).body, "a,b\n"));

test("HEAD has headers and no body", async () => {
  const { status, headers, body } = await send("/index.html", "HEAD");
  assert.deepEqual([status, headers["content-length"], body], [200, "11", ""]);
});

test("nothing outside the folder is served", async () => {
  const paths = ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "/../dist-secret/secret", "/link", "//etc/passwd", "/%00", "/%"];
  for (const path of paths) {
    const { status, body } = await send(path);
    assert.equal(status, 404, path);
    assert.doesNotMatch(body, /outside|root:/, path);
  }
});

test("a missing file, and a folder without a page, are 404", async () => {
  assert.equal((await send("/missing.js")).status, 404);
  assert.equal((await send("/empty/")).status, 404);
});

test("other methods are refused", async () => assert.equal((await send("/index.html", "POST")).status, 405));

test("only the loopback address listens", () => assert.equal(server.address().address, "127.0.0.1"));
