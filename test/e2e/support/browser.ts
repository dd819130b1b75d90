import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is installed, as by `apt-get install chromium`; undefined where it is not. */
export const CHROMIUM = CANDIDATES.find((path) => existsSync(path));

/** A page, and all that its browser held against it: errors of scripts, and what the content security policy blocked. */
export interface OpenedPage {
  page: Page;
  problems: string[];
}

export function startBrowser(): Promise<Browser> {
  // Containers of CI run as root, where Chromium's own sandbox does not start; it visits loopback alone.
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}
