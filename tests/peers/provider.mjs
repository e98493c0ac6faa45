// A real OpenID provider (npm oidc-provider) on loopback for tests of sign-on. Invented persons.
//   node provider.mjs PORT BASE_URL
// Says "ready" on standard output. `POST /control` changes its behaviour: {"rotate":true}, {"tamper":"nonce"}, {"person":"T-2"}.
import { createRequire } from "node:module";
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";

const [port, base] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(join(here, "../../web/package.json"));
const { Provider } = await import(require.resolve("oidc-provider"));

const issuer = `http://127.0.0.1:${port}`;
const persons = {
  "T-1": { LoaiTaiKhoan: 1, TechID: "T-1", SoDinhDanh: "049090000001", HoVaTen: "Trần Thí Dụ", NgayThangNamSinh: "26/07/1990", GioiTinh: "Nữ", ThuongTru: "Số 1 đường Minh Họa, Tam Kỳ" },
  "T-2": { LoaiTaiKhoan: 1, TechID: "T-2", SoDinhDanh: "049090000002", HoVaTen: "Lê Mẫu Thử", NgayThangNamSinh: "01/02/1985" },
  "T-1b": { LoaiTaiKhoan: 1, TechID: "T-1b", SoDinhDanh: "049090000001", HoVaTen: "Trần Thí Dụ", NgayThangNamSinh: "26/07/1990" },
  "B-1": { LoaiTaiKhoan: 2, TechID: "B-1", MaSoThue: "4000000001", TenDoanhNghiep: "Công ty Minh Họa", DiaChi: "Tam Kỳ" },
  "N-1": { LoaiTaiKhoan: 1, TechID: "N-1", HoVaTen: "Không Số" },
  "O-1": { TechID: "O-1", preferred_username: "tiepnhan.tamky", HoVaTen: "Cán Bộ Minh Họa" },
};
let person = "T-1";
let acr = "LoA2";
let tamper = "";
let number = 0;

const keys = [];
function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = privateKey.export({ format: "jwk" });
  number += 1;
  keys.unshift({ ...jwk, kid: `key-${number}`, alg: "RS256", use: "sig" });
}
newKey();

let handler;
function make() {
  const client = (id, path) => ({
    client_id: id, client_secret: "a-secret-of-the-tests-only", redirect_uris: [`${base}/sign-in/with/${path}/callback`],
    post_logout_redirect_uris: [`${base}/sign-in/signed-out`], token_endpoint_auth_method: "client_secret_post",
    response_types: ["code"], grant_types: ["authorization_code"],
    backchannel_logout_uri: `${base}/api/v1/sign-on/${path}/logout`, backchannel_logout_session_required: true,
  });
  const provider = new Provider(issuer, {
    clients: [client("chuyendong", "dvcqg"), client("chuyendong-vneid", "vneid"), client("chuyendong-staff", "tinh")],
    jwks: { keys: keys.slice(0, 1) },
    claims: { openid: ["sub", "acr", ...new Set(Object.values(persons).flatMap((p) => Object.keys(p)))] },
    conformIdTokenClaims: false,
    acrValues: ["LoA1", "LoA2", "LoA3"],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    // Its guard against loopback would keep it from telling the application, which is on this machine.
    fetch: (url, { dispatcher, signal, ...options }) => fetch(url, { ...options, signal: AbortSignal.timeout(20_000) }),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, acr, ...persons[id] }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ["for-tests"] },
    ttl: { IdToken: 600, AccessToken: 600, AuthorizationCode: 60, Interaction: 600, Session: 600, Grant: 600 },
  });
  const callback = provider.callback();
  return async (req, res) => {
    const uid = /^\/interaction\/([\w-]+)$/.exec(req.url)?.[1];
    if (!uid) return callback(req, res);
    const details = await provider.interactionDetails(req, res);
    if (req.method === "GET") {
      res.setHeader("content-type", "text/html; charset=utf-8");
      return res.end(`<!doctype html><title>Nơi đăng nhập thử</title><form method="post"><button id="agree" type="submit">Tôi là ${persons[person].HoVaTen ?? persons[person].TenDoanhNghiep}</button></form>`);
    }
    const grant = new provider.Grant({ accountId: person, clientId: details.params.client_id });
    grant.addOIDCScope("openid");
    const grantId = await grant.save();
    return provider.interactionFinished(req, res, { login: { accountId: person, acr, remember: false }, consent: { grantId } }, { mergeWithLastSubmission: false });
  };
}
handler = make();

const b64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
/// Changes the token as an attacker or a broken provider would.
function altered(token) {
  const [head, body, mark] = token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  const signed = (change, header = { alg: "RS256", kid: keys[0].kid }) => {
    const text = `${b64(header)}.${b64({ ...claims, ...change })}`;
    const key = createPrivateKey({ key: keys[0], format: "jwk" });
    return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
  };
  const now = Math.floor(Date.now() / 1000);
  switch (tamper) {
    case "signature": return `${head}.${body}.${mark.slice(0, -4)}${mark.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    case "claims": return `${head}.${b64({ ...claims, TechID: "T-2" })}.${mark}`;
    case "nonce": return signed({ nonce: "another" });
    case "no-nonce": return signed({ nonce: undefined });
    case "audience": return signed({ aud: "another-client" });
    case "audiences": return signed({ aud: ["chuyendong", "another-client"] });
    case "issuer": return signed({ iss: "http://127.0.0.1:1" });
    case "expired": return signed({ iat: now - 700, exp: now - 5 });
    case "future": return signed({ iat: now + 3600, exp: now + 7200 });
    case "at-hash": return signed({ at_hash: "AAAAAAAAAAAAAAAAAAAAAA" });
    case "none": return `${b64({ alg: "none" })}.${body}.`;
    case "hmac": {
      const text = `${b64({ alg: "HS256" })}.${body}`;
      return `${text}.${createHmac("sha256", "a-secret-of-the-tests-only").update(text).digest("base64url")}`;
    }
    default: return token;
  }
}

function body(req) {
  return new Promise((resolve) => {
    let text = "";
    req.on("data", (part) => { text += part; });
    req.on("end", () => resolve(text));
  });
}

const server = createServer(async (req, res) => {
  if (req.url === "/control") {
    const asked = JSON.parse(await body(req));
    if (asked.rotate) { newKey(); handler = make(); }
    if ("person" in asked) person = asked.person;
    if ("acr" in asked) acr = asked.acr;
    if ("tamper" in asked) tamper = asked.tamper;
    return res.end("{}");
  }
  if (tamper === "slow" && req.url.startsWith("/token")) return undefined;
  if (tamper === "garbage" && req.url.startsWith("/token")) return res.end("<html>Bảo trì</html>");
  if (tamper === "broken" && req.url.startsWith("/token")) { res.statusCode = 502; return res.end("{}"); }
  if (req.url.startsWith("/token") && tamper) {
    const end = res.end.bind(res);
    res.end = (chunk, ...rest) => {
      try {
        const answer = JSON.parse(chunk);
        if (answer.id_token) {
          answer.id_token = altered(answer.id_token);
          const text = JSON.stringify(answer);
          res.setHeader("content-length", Buffer.byteLength(text));
          return end(text, ...rest);
        }
      } catch { /* not the answer with tokens */ }
      return end(chunk, ...rest);
    };
  }
  return handler(req, res);
});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
