/**
 * @file The version of nnt, from package.json: the one place where it is written.
 */
import { readFileSync } from "node:fs";
import { packageFile } from "../packageFile.ts";

/** The version in package.json, such as "0.1.0". */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest)
    return String(manifest.version);
  throw new Error("internal: package.json has no version");
}
