// Where a browser test runs, for the few that must know.

const parameters = new URL(location.href).searchParams;

/** 'chromium', 'firefox' or 'webkitgtk'. */
export const engine = parameters.get('engine');

/** Whether the server sent COOP/COEP; WebKitGTK has no SharedArrayBuffer with them either. */
export const isolated = parameters.get('isolated') === 'true';
