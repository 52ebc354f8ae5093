// Who somebody is in AWS's words, and what they are told when they may not. Source: SES contract 1.3, 4.5.

/** `operation` is the API's name, e.g. `SendEmail`. */
export function accessDenied(
  caller: { readonly accessKeyId: string; readonly accountId: string },
  operation: string,
): string {
  const { accessKeyId, accountId } = caller;
  return (
    `User \`arn:aws:iam::${accountId}:user/${accessKeyId}' is not authorized to perform ` +
    `\`ses:${operation}' on resource \`*'`
  );
}
