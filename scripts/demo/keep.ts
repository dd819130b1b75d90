import type { Stage } from './play.ts';

/** Prints what to paste while the demo keeps running, and how to end it. */
export function printKeepHelp({ gateway, issuer }: Stage): void {
  console.log(`
Everything keeps running. In another terminal:

  TOKEN=$(curl -s '${issuer}/token?sub=alice&format=text')

  curl -i '${gateway}/orders?page=2' -H "authorization: Bearer $TOKEN"
  curl -i ${gateway}/orders -H "authorization: Bearer $TOKEN" -d '{"item":"tea"}'
  curl -i ${gateway}/reports/2026
  curl -i ${gateway}/orders                     # no token: 401
  curl -i ${gateway}/legacy                     # not configured: 500

A token of another person: sub=bob. A bad one: kind=expired, kind=wrong-key or kind=wrong-audience.
Ctrl-C ends everything (or: kill ${process.pid}).`);
}
