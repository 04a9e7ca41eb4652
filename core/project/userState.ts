export { userStateFolder } from '../files/userStateFolder.js';
