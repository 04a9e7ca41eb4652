// Reads its standard input as the hooks do, and prints what it read:
//   node jsonInputDriver <InputLimits as JSON>
import { readJsonInput, type InputLimits } from '../../hooks/jsonInput.js';

const [, , argument = '{}'] = process.argv;
void readJsonInput(JSON.parse(argument) as InputLimits).then((text) => process.stdout.write(text));
