/** A web worker that starts as any other, and dies of the first rows. */

globalThis.onmessage = ({ data }) => {
  if (data.type !== 'stripe') return;
  setTimeout(() => {
    throw new RangeError('no luck');
  });
};
postMessage('ready');
