/** A ring drawn with a red pen, the way people mark job ads. It fills its nearest positioned ancestor; decoration only. */
export function PenRing() {
  return (
    <svg className="pen" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <path
        d="M70 6C40-3 6 8 2 44c-4 38 34 55 60 52 28-3 39-28 36-54C95 16 66 2 28 9"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
