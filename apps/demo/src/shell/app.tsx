/** The frame of the page: name, views, theme; loads a view when it is looked at. */
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { missing } from "./requirements.ts";
import type { Missing } from "./requirements.ts";
import { ThemeButton } from "./theme.tsx";

interface View {
  readonly id: string;
  readonly title: string;
  load(): Promise<{ default: ComponentType }>;
}

const views: readonly View[] = [
  { id: "watch", title: "Watch it work", load: () => import("../views/watch/watch.tsx") },
  { id: "break", title: "Break it", load: () => import("../views/break/break.tsx") },
  { id: "use", title: "Use it", load: () => import("../views/use/use.tsx") },
  { id: "compare", title: "Compare", load: () => import("../views/compare/compare.tsx") },
  { id: "inside", title: "Look inside", load: () => import("../views/inside/inside.tsx") },
];

const lacking = signal<readonly Missing[] | undefined>(undefined);
const shown = signal<{ view: View; Component?: ComponentType; failure?: string } | undefined>(
  undefined,
);

function viewOfAddress(): View {
  const id = location.hash.slice(1).split("?")[0];
  return views.find((view) => view.id === id) ?? views[0]!;
}

async function show(): Promise<void> {
  const view = viewOfAddress();
  if (shown.value?.view === view) return;
  shown.value = { view };
  document.title = `${view.title} · Stria`;
  try {
    const { default: Component } = await view.load();
    if (shown.value.view === view) shown.value = { view, Component };
    // On a narrow window the names of the views scroll.
    const name = document.querySelector(".top nav [aria-current]");
    name?.scrollIntoView({ block: "nearest", inline: "center" });
  } catch (error) {
    shown.value = { view, failure: (error as Error).message };
  }
}

async function begin(): Promise<void> {
  lacking.value = await missing();
  if (lacking.value.length === 0) await show();
}

/** The whole page. */
export function App() {
  useEffect(() => {
    const go = (): void => void show();
    globalThis.addEventListener("hashchange", go);
    void begin();
    return () => globalThis.removeEventListener("hashchange", go);
  }, []);
  return (
    <>
      <a class="skip" href="#main" onClick={focusMain}>
        Skip to the view
      </a>
      <header class="top">
        <a class="brand" href="#watch" aria-label="Stria, to the first view">
          <Logo />
          <span>Stria</span>
        </a>
        <nav aria-label="Views">
          {views.map((view) => (
            <a
              key={view.id}
              href={`#${view.id}`}
              aria-current={shown.value?.view === view ? "page" : undefined}
            >
              {view.title}
            </a>
          ))}
        </nav>
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>
        <Content />
      </main>
      <footer>
        Everything here runs in this browser, on its private files. Nothing is sent anywhere.
      </footer>
    </>
  );
}

function Content() {
  if (lacking.value !== undefined && lacking.value.length > 0) {
    return <Lacks found={lacking.value} />;
  }
  if (shown.value?.failure !== undefined) {
    return <p class="notice bad">This view could not be loaded: {shown.value.failure}</p>;
  }
  const Component = shown.value?.Component;
  return Component === undefined ? <p class="loading">Loading …</p> : <Component />;
}

function Lacks({ found }: { found: readonly Missing[] }) {
  return (
    <section class="lacks">
      <h1>This browser cannot run the log</h1>
      <p>
        Stria never falls back to memory in silence, and neither does this page. What it misses:
      </p>
      <ul>
        {found.map(({ what, remedy }) => (
          <li key={what}>
            <strong>{what}.</strong> {remedy}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Skips the navigation without changing the address, which names the view. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

function Logo() {
  return (
    <svg viewBox="0 0 20 18" width="22" height="20" aria-hidden="true">
      <rect x="0" y="0" width="20" height="4" rx="2" fill="var(--appended)" />
      <rect x="0" y="7" width="14" height="4" rx="2" fill="var(--durable)" />
      <rect x="0" y="14" width="8" height="4" rx="2" fill="var(--checkpoint)" />
    </svg>
  );
}
