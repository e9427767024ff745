import { testStore } from "../conformance.ts";

testStore("sqlite", { module: new URL("./conformance-subject.ts", import.meta.url) });
