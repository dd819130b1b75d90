import { describe, expect, it } from 'vitest';
import { Journal } from '../../../src/admin/journal/index.ts';
import type { PageSources } from '../../../src/admin/page/index.ts';
import { routesSection } from '../../../src/admin/page/routes-section.ts';

const NOW = 1_800_000_000_000;

function shown(routes: number): string {
  const journal = new Journal();
  for (let each = 0; each < routes; each++) {
    journal.routes.add({ outcome: 'signed', seconds: 0.001, routeName: `route-${each}` }, NOW - 10_000);
  }
  return routesSection({ journal } as PageSources, NOW).text;
}

describe("the page's routes", () => {
  it('are each a row of its own', () => {
    expect(shown(500).match(/<details class="route"/g)).toHaveLength(500);
    expect(shown(500)).not.toContain('other routes');
  });

  it('are one row together beyond what is kept, which says so', () => {
    const others = /<details class="route" id="other-routes">.*?<\/details>/s.exec(shown(505))?.[0] ?? '';
    expect(others).toContain('>other routes</span>');
    expect(others).toContain('<span class="chip signed">5 signed</span>');
    expect(others).toMatch(/All routes beyond the 500 above, together\. One that is without a request for 5 min\s/);
    expect(others).toContain('Last request 10 s ago.');
  });
});
