# Read by the onnx library's own project (tools/setup): its sources are compiled several at a time, with -O1 in a third of the processor
# time. Not those that protoc makes, which define the same names. Nothing of it is where the time goes when a model is read.
cmake_language(DEFER CALL set_target_properties onnx PROPERTIES UNITY_BUILD ON)
