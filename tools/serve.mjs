// Serves a folder of static files on this machine only: `node tools/serve.mjs [folder]`, folder dist/ if not given.
// The variable PORT chooses the port (8080), 0 any free one.

import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".gz": "application/gzip",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** Finds the file that a request path names, or null if there is none inside `root`. */
async function find(root, requestPath) {
  try {
    let path = join(root, decodeURIComponent(requestPath));
    if ((await stat(path)).isDirectory()) path = join(path, "index.html");
    // The real path, so that neither `..` nor a symbolic link leads out of the folder.
    path = await realpath(path);
    const { size } = await stat(path);
    return path.startsWith(root + sep) ? { path, size } : null;
  } catch {
    return null;
  }
}

/** Serves `folder` on the loopback address; resolves to the server and the address to open once it listens. */
export async function serve(folder, port = 0) {
  const root = await realpath(folder);
  const server = createServer(async (request, response) => {
    const refuse = (status, text) => response.writeHead(status, { "Content-Type": "text/plain" }).end(`${text}\n`);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "Only GET and HEAD.");
    const file = await find(root, request.url.split(/[?#]/)[0]);
    if (!file) return refuse(404, "No such file.");
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file.path)] ?? "application/octet-stream",
      "Content-Length": file.size,
      "Cache-Control": "no-cache", // the next build shows at the next reload
      "X-Content-Type-Options": "nosniff",
    });
    if (request.method === "HEAD") return response.end();
    createReadStream(file.path).on("error", () => response.destroy()).pipe(response);
  });
  await new Promise((listening, failed) => server.once("error", failed).listen(port, "127.0.0.1", listening));
  return { server, url: `http://localhost:${server.address().port}/` };
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const folder = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));
  const port = process.env.PORT || "8080";
  try {
    const { url } = await serve(folder, Number(port));
    console.log(`\n  Isolog is at ${url.slice(0, -1)}\n  Ctrl+C stops it.\n`);
  } catch (error) {
    if (error.code === "ENOENT") console.error(`There is no ${folder} to serve. Build it first: make dist`);
    else if (error.code === "EADDRINUSE") console.error(`Port ${port} is taken. Choose another: make serve PORT=8081`);
    else console.error(`Cannot serve ${folder} on port ${port}: ${error.message}`);
    process.exit(1);
  }
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
}
