using Euterpe.Cli;

return CommandLine.Run(args, Console.Out, Console.Error, new Surroundings());
