export { userStateFolder } from '../system/index.js';
