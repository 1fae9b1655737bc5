export const THEME_KEY = "chat.theme";

/** Runs before the first paint, so that a dark page never flashes white. */
export const THEME_SCRIPT = `try{var t=localStorage.getItem("${THEME_KEY}");if(t)document.documentElement.dataset.theme=t}catch{}`;
