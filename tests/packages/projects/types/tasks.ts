export interface Description {
  mean: number;
}

export function describe(values: readonly number[]): Description {
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length };
}
