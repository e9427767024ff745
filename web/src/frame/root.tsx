import { Outlet } from "@tanstack/react-router";
import type { ReactElement } from "react";

export function Root(): ReactElement {
  return (
    <>
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <Outlet />
    </>
  );
}
