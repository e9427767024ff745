import { inject } from "vitest";

// Before each test file: every command that it starts inherits this.
process.env.HEADRACE_DATABASE_URL = inject("databaseUrl") ?? "";
