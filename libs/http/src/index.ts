export { Problem, type FieldError, type ProblemBody, type ProblemOptions } from './problem.js';
export { ProblemFilter, type ToProblem } from './problem.filter.js';
export { runService, startService, type ServiceOptions } from './run-service.js';
export { StrictValidation } from './strict-validation.js';
