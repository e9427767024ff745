import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { Failed, Loading } from "../shared/notices.tsx";

/** A page that could not be opened, or that does not exist. */
export function PageProblem({ error, reset }: { readonly error: unknown; readonly reset?: () => void }): ReactElement {
  return (
    <main className="page" id="page">
      <Failed error={error} {...(reset !== undefined && { retry: reset })} />
      <p className="prose">
        <Link to="/">All projects</Link>
      </p>
    </main>
  );
}

export function PageWaits(): ReactElement {
  return <Loading />;
}
