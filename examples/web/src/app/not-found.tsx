import { Logo } from "@/ui/Logo";

export default function NotFound() {
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <Logo className="sign-in-logo" />
        <h1>Page not found</h1>
        <p>There is no page at this address.</p>
        <a className="button primary wide" href="/">
          Go to chat
        </a>
      </div>
    </main>
  );
}
