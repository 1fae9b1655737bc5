export function Logo({ className }: { className?: string }) {
  return (
    <svg className={className} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" className="logo-ground" />
      <path
        className="logo-mark"
        d="M9.5 9h13A2.5 2.5 0 0 1 25 11.5v7a2.5 2.5 0 0 1-2.5 2.5h-6.200l-4.600 3.700a.6.6 0 0 1-1-.5V21H9.5A2.5 2.5 0 0 1 7 18.5v-7A2.5 2.5 0 0 1 9.5 9Z"
      />
      <path className="logo-line" d="M11.5 13.5h9M11.5 16.700h5.5" />
    </svg>
  );
}
