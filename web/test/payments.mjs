// An independent implementation of the gateways' signatures, for gateways/payments/tests/cross_check.rs:
// npm `vnpay` for VNPAY, node's own SHA-256 for the national platform. Reads JSON from standard input, answers with JSON.
import { createHash } from "node:crypto";
import { VNPay } from "vnpay";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { secret, terminal, host, orders, messages } = JSON.parse(Buffer.concat(chunks).toString("utf8"));

const vnpay = new VNPay({ tmnCode: terminal, secureSecret: secret, vnpayHost: host, queryDrAndRefundHost: host, enableLog: false });

/** What the library would post; nothing leaves this process. */
async function posted(call) {
  let body;
  globalThis.fetch = async (_, options) => {
    body = JSON.parse(options.body);
    throw new Error("not sent");
  };
  try {
    await call();
  } catch (error) {
    if (!body) throw error;
  }
  return body;
}

const answers = [];
for (const order of orders) {
  const url = new URL(vnpay.buildPaymentUrl(order.pay));
  const ours = new URL(order.payUrl);
  const notice = Object.fromEntries(new URLSearchParams(order.notice));
  const changed = { ...notice, vnp_Amount: String(Number(notice.vnp_Amount) + 100) };
  answers.push({
    samePayUrl: url.searchParams.get("vnp_SecureHash") === ours.searchParams.get("vnp_SecureHash") && url.search === ours.search,
    ipn: vnpay.verifyIpnCall(notice).isVerified,
    back: vnpay.verifyReturnUrl(notice).isVerified,
    changed: vnpay.verifyIpnCall(changed).isVerified,
    query: await posted(() => vnpay.queryDr(order.query)),
    refund: await posted(() => vnpay.refund(order.refund)),
  });
}
const hashes = messages.map((text) => createHash("sha256").update(text, "utf8").digest("hex"));
process.stdout.write(JSON.stringify({ answers, hashes }));
