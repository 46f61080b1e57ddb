/** Grey bars where postings are going to stand; the status line beside them says it in words. */
export function Skeleton() {
  return (
    <div className="postings skeleton" aria-hidden="true">
      {Array.from({ length: 7 }, (_, index) => (
        <div key={index} className="posting">
          <div className="bar bar-short" />
          <div className="bar bar-title" />
          <div className="bar" />
          <div className="bar" />
          <div className="bar bar-short" />
        </div>
      ))}
    </div>
  );
}
