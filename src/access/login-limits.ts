import { type InstallationScope, statement } from "../store/sql.ts";

/** Most failures in one window. */
interface Limit {
  readonly subject: string;
  readonly failures: number;
}

const WINDOW_MS = 15 * 60_000;
/** A person who mistypes. */
const OF_PAIR = 5;
/** Several people behind one address. */
const OF_ADDRESS = 50;
/** Many addresses that try one name. Much higher, since it locks the user out everywhere. */
const OF_NAME = 100;

/** A window that begins later than one can was noted by a clock that was ahead: users would be held back till then. */
const IS_OVER = "(login_failures.since <= :old or login_failures.since > :latest)";

const addFailure = statement<
  { subject: string; now: number; old: number; latest: number },
  { readonly failures: number }
>(`
  insert into login_failures (subject, since, failures) values (:subject, :now, 1)
  on conflict (subject) do update set
    failures = case when ${IS_OVER} then 1 else login_failures.failures + 1 end,
    since = case when ${IS_OVER} then :now else login_failures.since end
  returning failures`);

const forget = statement<{ subject: string }>("delete from login_failures where subject = :subject");
const forgetOld = statement<{ old: number }>("delete from login_failures where since <= :old");

/** Holds back who guesses passwords, over all servers of the database. */
export interface LoginLimits {
  /**
   * Counts an attempt before the password is looked at, so that many at once count as well. False where there were too
   * many: the password must not be looked at then.
   */
  begin(name: string, address: string, now: number): Promise<boolean>;
  /** The attempt was right: what was counted for this name is forgotten. */
  succeed(name: string, address: string): Promise<void>;
}

export function loginLimits({ change }: InstallationScope): LoginLimits {
  return {
    begin: (name, address, now) =>
      change(async ({ queries }) => {
        const [old, latest] = [now - WINDOW_MS, now + WINDOW_MS];
        await queries.run(forgetOld, { old });
        // In one order, so that two attempts do not wait for each other.
        const counts = [];
        for (const { subject, failures } of limitsOf(name, address))
          counts.push(((await queries.get(addFailure, { subject, now, old, latest }))?.failures ?? 0) <= failures);
        return counts.every(Boolean);
      }),
    succeed: (name, address) =>
      change(async ({ queries }) => {
        for (const { subject } of limitsOf(name, address)) await queries.run(forget, { subject });
      }),
  };
}

function limitsOf(name: string, address: string): readonly Limit[] {
  const folded = name.toLowerCase().slice(0, 200);
  return [
    { subject: `address ${address}`, failures: OF_ADDRESS },
    { subject: `name ${folded}`, failures: OF_NAME },
    { subject: `pair ${address} ${folded}`, failures: OF_PAIR },
  ];
}
