// The other sides in one process: a mail server, a push service with a browser behind it, an SMS gateway, and servers
// that misbehave. Prints its ports as one line of JSON; GET /seen tells what came. Started by the tests of this crate.
import crypto from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { SMTPServer } = require("smtp-server");
const ece = require("http_ece");

const seen = { mails: [], pushes: [], sms: [], refused: 0, faults: [] };

// ---- Mail. What a recipient's name says is done to him.
const later = new Map();
const options = {
  authOptional: true,
  onAuth(auth, session, done) {
    done(auth.username === "may" && auth.password === "bi-mat" ? null : new Error("no"), { user: "may" });
  },
  onRcptTo(address, session, done) {
    const name = address.address.split("@")[0];
    const refuse = (code, text) => {
      seen.refused += 1;
      done(Object.assign(new Error(text), { responseCode: code }));
    };
    if (name.startsWith("later")) {
      const times = later.get(address.address) ?? 0;
      later.set(address.address, times + 1);
      if (times < Number(name.slice(5) || 1)) return refuse(450, "mailbox busy");
    }
    if (name === "nobody") return refuse(550, `5.1.1 no such user <${address.address}>`);
    if (name === "spam") return refuse(554, "not wanted here");
    done();
  },
  onData(stream, session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
      seen.mails.push(parsed(Buffer.concat(parts).toString("latin1"), session.envelope.rcptTo[0].address));
      done(null, "queued");
    });
  },
};
const mail = new SMTPServer({ ...options, disabledCommands: ["STARTTLS"] });

/** Mail servers with the certificates of a folder, by STARTTLS and wrapped: NAME.pem and NAME.key. */
async function guarded(folder) {
  const ports = {};
  for (const file of folder ? fs.readdirSync(folder).filter((name) => name.endsWith(".key")) : []) {
    const name = file.slice(0, -4);
    const pair = { key: fs.readFileSync(`${folder}/${file}`), cert: fs.readFileSync(`${folder}/${name}.pem`) };
    for (const [way, secure] of [["starttls", false], ["tls", true]]) {
      const server = new SMTPServer({ ...options, ...pair, secure });
      server.on("error", () => {});
      ports[`${way}-${name}`] = await new Promise((done) => server.listen(0, "127.0.0.1", function () { done(this.address().port); }));
    }
  }
  return ports;
}

/** Headers and the plain part of a message, decoded here and not by the library that wrote it. */
function parsed(raw, to) {
  const [head, ...rest] = raw.split("\r\n\r\n");
  const headers = {};
  for (const line of head.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const at = line.indexOf(":");
    headers[line.slice(0, at).toLowerCase()] = words(line.slice(at + 1).trim());
  }
  const boundary = /boundary="?([^";]+)"?/.exec(headers["content-type"])?.[1];
  const parts = rest.join("\r\n\r\n").split(`--${boundary}`).slice(1, -1).map((part) => {
    const [inner, ...text] = part.replace(/^\r\n/, "").split("\r\n\r\n");
    const body = text.join("\r\n\r\n");
    const how = /transfer-encoding: *(\S+)/i.exec(inner)?.[1]?.toLowerCase();
    return { type: /content-type: *([^;\r]+)/i.exec(inner)?.[1], text: decoded(body, how) };
  });
  return { to, headers, parts };
}

function decoded(body, how) {
  if (how === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (how !== "quoted-printable") return Buffer.from(body, "latin1").toString("utf8");
  const bytes = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Encoded words of RFC 2047. */
function words(text) {
  return text.replace(/\?=\s+=\?/g, "?==?").replace(/(=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (all) => {
    const bytes = [...all.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, how, inner]) =>
      how.toLowerCase() === "b"
        ? Buffer.from(inner, "base64")
        : Buffer.from(inner.replace(/_/g, " ").replace(/=([0-9A-F]{2})/gi, (_, h) => String.fromCharCode(parseInt(h, 16))), "latin1"),
    );
    return Buffer.concat(bytes).toString("utf8");
  });
}

// ---- A browser that subscribed, and its push service.
const browser = crypto.createECDH("prime256v1");
browser.generateKeys();
const secret = crypto.randomBytes(16);

function pushed(request, body, origin) {
  const { authorization = "", topic, ttl, urgency } = request.headers;
  const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization) ?? [];
  const [head, claims, signature] = token.split(".");
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const right = crypto.verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    { key: crypto.createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  const said = JSON.parse(Buffer.from(claims, "base64url"));
  const ahead = said.exp - Math.floor(Number(request.headers["x-now"] ?? Date.now()) / 1000);
  if (!right || said.aud !== origin || !/^mailto:/.test(said.sub)) return seen.faults.push({ right, said });
  const text = ece.decrypt(body, { version: "aes128gcm", privateKey: browser, authSecret: secret.toString("base64url") });
  seen.pushes.push({ message: JSON.parse(text.toString("utf8")), topic, ttl, urgency, exp: said.exp, ahead, alg: JSON.parse(Buffer.from(head, "base64url")).alg });
}

// ---- SMS: knows a request by its name, loses some answers.
let asked = 0;
function sms(wanted, response) {
  asked += 1;
  const known = seen.sms.find((message) => message.request_id === wanted.request_id);
  if (known) known.repeats += 1;
  else seen.sms.push({ ...wanted, repeats: 0 });
  if (seen.loseEvery && asked % seen.loseEvery === 0) return response.destroy();
  response.writeHead(known ? 409 : 200).end(JSON.stringify({ id: `sms-${wanted.request_id.slice(-8)}` }));
}

const control = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const body = Buffer.concat(parts);
    const path = request.url;
    if (path === "/seen") return response.end(JSON.stringify(seen));
    if (path.startsWith("/lose/")) {
      seen.loseEvery = Number(path.slice(6));
      return response.end();
    }
    if (path === "/sms") return sms(JSON.parse(body), response);
    if (path === "/push/gone") return response.writeHead(410).end("gone");
    if (path === "/push/busy") return response.writeHead(429, { "retry-after": "120" }).end();
    if (path.startsWith("/push/")) {
      try {
        pushed(request, body, `http://127.0.0.1:${control.address().port}`);
      } catch (error) {
        seen.faults.push(String(error));
      }
      return response.writeHead(201, { location: "/m/1" }).end();
    }
    if (path === "/page") return response.writeHead(200).end("<html>another program</html>");
    response.writeHead(404).end();
  });
});

const garbage = net.createServer((socket) => {
  socket.on("error", () => {});
  socket.end("\u0000\u0001HTTP/1.1 400 what?\r\n\r\n");
});
const silent = net.createServer((socket) => socket.on("error", () => {}));

const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
const ports = {
  smtp: await new Promise((done) => mail.listen(0, "127.0.0.1", function () { done(this.address().port); })),
  http: await listen(control),
  garbage: await listen(garbage),
  silent: await listen(silent),
  p256dh: browser.getPublicKey().toString("base64url"),
  auth: secret.toString("base64url"),
  ...(await guarded(process.argv[2])),
};
console.log(JSON.stringify(ports));
// The parent holds the other end of standard input: when it ends, so do we.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
