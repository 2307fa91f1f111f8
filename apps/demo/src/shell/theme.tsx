/** Dark or light: the system's choice until the visitor makes one. */
import { signal } from "@preact/signals";

const key = "stria-demo-theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark now; views that paint read it. */
export const isDark = signal(chosen() ?? systemDark.matches);

apply();
systemDark.addEventListener("change", () => {
  if (chosen() !== undefined) return;
  isDark.value = systemDark.matches;
  apply();
});

function chosen(): boolean | undefined {
  const value = localStorage.getItem(key);
  return value === null ? undefined : value === "dark";
}

function apply(): void {
  document.documentElement.dataset["theme"] = isDark.value ? "dark" : "light";
}

function toggle(): void {
  isDark.value = !isDark.value;
  localStorage.setItem(key, isDark.value ? "dark" : "light");
  apply();
}

/** Switches between dark and light. */
export function ThemeButton() {
  const other = isDark.value ? "light" : "dark";
  return (
    <button type="button" class="icon" onClick={toggle} aria-label={`Use ${other} colours`}>
      {isDark.value ? "☀" : "☾"}
    </button>
  );
}
