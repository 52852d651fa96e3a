// The words for what goes wrong on this page. Codes come from the package (and `page.*` from this page).
import { adviser } from "../../assets/js/problem.js";

export { isCancel } from "../../assets/js/problem.js";
export const { explain, showProblem } = adviser([
  ["model.other", "That is another model", "Choose the file of the model that the bundle names. This says nothing about the text."],
  ["file.corrupt_chunk", "A part of the model is damaged", "Load it again, or from another address: it is the file that is wrong, not the text."],
  ["file.truncated", "The model file ends too early", "Load it again: what has arrived is kept and not fetched twice."],
  ["file", "That is not a model file this page can read", "Choose a file that was made by `openimo import`."],
  ["network.status", "The model could not be fetched", "Check the address, or choose the model file from your disk."],
  ["network", "The model could not be fetched", "Check the connection and try again: what has arrived is kept."],
  ["device", "The GPU cannot be used", "Choose Automatic or Processor under “Your device” and try again."],
  ["wasm.no_simd", "This browser is too old", "Open the page in a browser of 2023 or later."],
  ["wasm", "The program of this page could not be loaded", "Reload the page."],
  ["worker", "The program stopped", "It may have run out of memory: close other tabs and try again."],
  ["page.collection", "That is not a collection", "Paste the address of its contract: 0x and forty digits."],
  ["page.token", "That is not a token", "Paste its number, as your wallet or the collection shows it."],
  ["rpc.no_contract", "There is no such collection", "Check the address, and that the node is on the collection’s chain."],
  ["rpc.reverted", "There is no such token", "Check its number, and that the node is on the collection’s chain."],
  ["rpc.other_chain", "The node is on another chain", "Use a node of the chain that the link names."],
  ["rpc.inconsistent", "The node contradicts itself", "Do not trust it; try another node."],
  ["rpc", "The chain could not be read", "Check the node’s address and that it allows other sites to use it, or try another node."],
  ["page.address", "That address cannot be opened", "Use an https address, or open the file from your disk."],
  ["page.unreachable", "The bundle could not be fetched", "Check the address and that its server allows other sites to read it, or open the file from your disk."],
  ["page.status", "The bundle could not be fetched", "Check the address, or open the file from your disk."],
  ["page", "That is not a bundle", "Open the .json file that came with the text."],
  ["bundle", "That is not a bundle", "Open the .json file that came with the text."],
]);
