/** What came of looking at one invariant. */
export const check = (name, ok, detail) => ({
  name,
  ok,
  detail: typeof detail === 'string' ? detail : JSON.stringify(detail),
});
