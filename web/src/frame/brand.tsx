import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

/** The name, with a channel that falls onto a wheel. */
export function Brand(): ReactElement {
  return (
    <Link to="/" className="brand">
      <svg
        width="18"
        height="18"
        viewBox="0 0 18 18"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        aria-hidden="true"
      >
        <path d="M1 4.500h7.500c1.500 0 2 1 2 2.500" strokeLinecap="round" />
        <circle cx="11" cy="11.500" r="4.700" />
        <circle cx="11" cy="11.500" r="1.200" fill="currentColor" stroke="none" />
      </svg>
      Headrace
    </Link>
  );
}
