export { inProcess, ServiceUnderTest, type StatedFact } from './service-under-test.js';
