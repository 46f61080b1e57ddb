/** The order of test files: a long one that began last would be waited for alone. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files whose names say that they are long, then vitest's own order: those that failed or took long the last time. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes('.long.');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
