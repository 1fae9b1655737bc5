"use client";

import { type FormEvent, useState } from "react";
import { Logo } from "@/ui/Logo";
import { signIn } from "./session";
import { SignInError, fetchToken } from "./token";

export function SignIn() {
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const userId = name.trim();
    if (userId === "" || /\s/u.test(userId)) {
      setError("Choose a name without spaces.");
      return;
    }
    setBusy(true);
    try {
      await fetchToken(userId);
      signIn(userId);
    } catch (failure) {
      setError(failure instanceof SignInError ? failure.message : "The server could not be reached. Try again.");
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={submit} noValidate>
        <Logo className="sign-in-logo" />
        <h1>Welcome</h1>
        <p>Choose a name. To chat with yourself, open a second tab with another name.</p>
        <label htmlFor="name">Your name</label>
        <input
          id="name"
          name="name"
          className="field"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={40}
          placeholder="alice"
          autoFocus
          value={name}
          aria-invalid={error !== null}
          aria-describedby="name-error"
          onChange={(event) => {
            setName(event.target.value);
            setError(null);
          }}
        />
        <p id="name-error" className="field-error" role="alert">
          {error}
        </p>
        <button className="button primary wide" disabled={busy}>
          {busy ? "Signing in…" : "Continue"}
        </button>
      </form>
    </main>
  );
}
