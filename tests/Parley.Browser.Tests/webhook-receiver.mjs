// A receiver of webhooks that leaves the judgement to an implementation of Standard Webhooks that is not ours. Prints its port;
// /verify, with a secret as its body, says of each call that came whether the secret fits it, and whether it still does after tampering.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const calls = [];

function fits(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  if (request.url !== "/verify") {
    calls.push({ body: text, headers: request.headers });
    response.writeHead(204).end();
    return;
  }
  const answer = calls.map(({ body, headers }) => ({
    type: JSON.parse(body).type,
    fits: fits(text, body, headers),
    fitsAnotherBody: fits(text, body.replace("reaches", "reached"), headers),
    fitsAnotherId: fits(text, body, { ...headers, "webhook-id": "msg_another" }),
    fitsAnotherTime: fits(text, body, { ...headers, "webhook-timestamp": String(headers["webhook-timestamp"] - 1) }),
  }));
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

// It ends with whoever started it.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
