/** The two headers that make a page cross-origin isolated, which SharedArrayBuffer needs. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
