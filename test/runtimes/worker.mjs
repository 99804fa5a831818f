/** The suite in a web worker, which answers with the result. */

import { runHere } from './here.mjs';

runHere().then(
  (result) => postMessage(result),
  (error) => postMessage({ error: String(error?.stack ?? error) }),
);
