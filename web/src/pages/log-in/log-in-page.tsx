import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useEffect, useState } from "react";
import { call } from "../../api/call.ts";
import { Brand } from "../../frame/brand.tsx";
import { Failed } from "../../shared/notices.tsx";

const route = getRouteApi("/log-in");

/** Name and password; whoever serves a folder comes in by the printed link instead. */
export function LogInPage(): ReactElement {
  const { next } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Log in · Headrace";
  }, []);
  const logIn = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const body = { username: String(form.get("username")), password: String(form.get("password")) };
      await call("POST", "/api/v0/log-in/", { body });
      client.clear();
      router.history.replace(next ?? "/");
      await router.invalidate();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="log-in" id="page">
      <Brand />
      <h1>Log in</h1>
      <form className="stack" onSubmit={(event) => void logIn(event)}>
        <TextInput label="Name" name="username" size="sm" autoComplete="username" required autoFocus />
        <PasswordInput label="Password" name="password" autoComplete="current-password" required />
        <Button type="submit" variant="filled" size="sm" loading={busy}>
          Log in
        </Button>
      </form>
      {failure !== undefined && <Failed error={failure} />}
      <p className="quiet small">
        A server of one folder has no passwords: open the link that <code>headrace serve</code> printed when it started.
      </p>
    </main>
  );
}
