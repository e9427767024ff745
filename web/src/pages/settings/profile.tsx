import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { Failed, Waiting } from "../../shared/notices.tsx";

export function Profile(): ReactElement {
  const me = useQuery(read("/api/v0/users/me/", {}));
  const form = useSent();
  if (me.data === undefined) return <Waiting read={me} what="your account" />;
  const { username, fullName, email } = me.data;
  return (
    <>
      <form
        className="stack narrow-form"
        onSubmit={(event) =>
          form.send(event, async (given) => {
            const body = { fullName: String(given.get("fullName")), email: String(given.get("email")) };
            await call("PATCH", "/api/v0/users/me/", { body });
            await me.refetch();
          })
        }
      >
        <TextInput label="User name" value={username} readOnly />
        <TextInput label="Name" name="fullName" defaultValue={fullName ?? ""} maxLength={200} />
        <TextInput label="Mail" name="email" type="email" defaultValue={email ?? ""} maxLength={320} />
        <Outcome state={form} button="Save" told="Saved." />
      </form>
      <Password />
    </>
  );
}

function Password(): ReactElement {
  const form = useSent();
  return (
    <section className="block">
      <h2>Password</h2>
      <form
        className="stack narrow-form"
        onSubmit={(event) =>
          form.send(event, async (given) => {
            const body = { current: String(given.get("current")), password: String(given.get("password")) };
            await call("POST", "/api/v0/users/me/password/", { body });
          })
        }
      >
        <PasswordInput label="Password until now" name="current" autoComplete="current-password" />
        <PasswordInput label="New password" name="password" autoComplete="new-password" required />
        <Outcome state={form} button="Change the password" told="Changed. Your other sessions have ended." />
      </form>
    </section>
  );
}

function useSent() {
  const [state, setState] = useState<{ readonly busy: boolean; readonly done: boolean; readonly failure?: unknown }>({
    busy: false,
    done: false,
  });
  const send = (event: FormEvent<HTMLFormElement>, make: (given: FormData) => Promise<void>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setState({ busy: true, done: false });
    make(given).then(
      () => setState({ busy: false, done: true }),
      (failure: unknown) => setState({ busy: false, done: false, failure }),
    );
  };
  return { ...state, send };
}

interface OutcomeProps {
  readonly button: string;
  /** The text that is shown when it is done. */
  readonly told: string;
  readonly state: Pick<ReturnType<typeof useSent>, "busy" | "done" | "failure">;
}

function Outcome({ button, told, state: { busy, done, failure } }: OutcomeProps): ReactElement {
  return (
    <>
      <div className="row">
        <Button type="submit" loading={busy}>
          {button}
        </Button>
        {done && <span role="status">{told}</span>}
      </div>
      {failure !== undefined && <Failed error={failure} />}
    </>
  );
}
