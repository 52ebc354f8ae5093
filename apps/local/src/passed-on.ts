// What of the operator's environment other processes see.

// Secrets are policy-service's alone; what npm and nx put there is nobody's; our own names are given anew.
const KEPT_BACK =
  /^(?:npm_|NX_|INIT_CWD$|SEALPOST_|SMTP_(?:HOST|USERNAME|PASSWORD|LISTEN_HOST|(?:STARTTLS|TLS)_PORTS?)$|API_(?:LISTEN_HOST|PORT)$|SEALING_KEY$|RETURN_PATH_|TLS_|REDIS_URL$|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$)/i;
const PASSED_ALL_THE_SAME = /^SEALPOST_ACCOUNT_ID$/;

/** The operator's environment without secrets and without what a service has to be given on purpose. */
export function passedOn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => PASSED_ALL_THE_SAME.test(name) || !KEPT_BACK.test(name)),
  );
}
