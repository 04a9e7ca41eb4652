export { userStateFolder } from '../system/userStateFolder.js';
