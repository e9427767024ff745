/**
 * Query parameters that grant access by themselves, or belong to a signature that does: in the addresses of S3, Google, Azure, Alibaba and
 * Tencent storage, of GitLab and Hugging Face, and by their plain names.
 */
const SECRET_PARAMETER =
  /^(?:x-(?:amz|goog|oss)-.*|q-sign-.*|q-signature|awsaccesskeyid|ossaccesskeyid|googleaccessid|key-pair-id|signature|sig|hmac|token|.*[-_]token|(?:.*[-_])?(?:secret|password)|passwd|pwd|api[-_]?key|subscription-key|auth|authorization|jwt)$/i;

/**
 * A URI as it may be recorded and shown: without user, password and signature. What is left names the same content, so that a file that
 * is fetched by a freshly signed address each time is still known again.
 */
export function redactUri(uri: string): string {
  const web = /^https?:\/\//i.test(uri) ? URL.parse(uri) : null;
  if (web === null) return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1");
  web.username = "";
  web.password = "";
  web.hash = "";
  const secret = [...web.searchParams.keys()].filter((name) => SECRET_PARAMETER.test(name));
  // Deleting rewrites the whole query, so that it is done only where it must.
  for (const name of secret) web.searchParams.delete(name);
  return web.href;
}
