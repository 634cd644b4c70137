namespace Nave.Fleet.Simulation.Templates;

/// <summary>A template is malformed; the message says where.</summary>
public sealed class TemplateException(string message) : FormatException(message);
