/** Astro's own types: `import.meta.env`, and the modules that exist only in its build. */
/// <reference types="astro/client" />
