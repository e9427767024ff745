import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useProject } from "../frame/use-project.ts";
import { Empty } from "./notices.tsx";

/** In place of runs in a project that has none. */
export function NothingRan(): ReactElement {
  const { address, mayWrite } = useProject();
  return (
    <Empty title="Nothing has run in this project yet" command="headrace run STEP-OR-PIPELINE">
      {mayWrite ? (
        <>
          <Link to="/p/$owner/$name/start" params={address}>
            Start the first run here
          </Link>
          , or on the command line:
        </>
      ) : (
        "You are a viewer: what others run appears here. A member starts a run so:"
      )}
    </Empty>
  );
}
