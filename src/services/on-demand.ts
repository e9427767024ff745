/*
 * The second door of the services: what loads much, and what few callers need. Every command passes the first one, also
 * those that only list runs.
 */

export { isDead, ownLabel } from "../machine/index.ts";
export { backupHome, type HomeBackupOptions } from "./home/backup/backup-home.ts";
export { restoreHome } from "./home/backup/restore-home.ts";
export { collectHomeGarbage, type HomeGarbageOptions } from "./home/collect-home-garbage.ts";
export { type HomeOptions, ServerHome } from "./home/server-home.ts";
export { type CopySource, downloadOutputs } from "./local/download/download-outputs.ts";
export { type FolderCode, folderCode } from "./local/folder-code.ts";
export { type UploadOptions, type UploadProgress, uploadLocalFiles } from "./local/upload-local-files.ts";
export { loadSingleSignOn, type SingleSignOnSettings } from "./single-sign-on/settings.ts";
