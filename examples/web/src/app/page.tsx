import { Suspense } from "react";
import { App } from "@/chat/App";

export default function Page() {
  return (
    <Suspense>
      <App />
    </Suspense>
  );
}
