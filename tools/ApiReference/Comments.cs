using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Euterpe.ApiReference;

/// <summary>The XML comments of the rooms, as Markdown.</summary>
/// <param name="files">Documentation files beside the assemblies.</param>
/// <param name="link">From the id of a type to where its page is; null where it has none.</param>
public sealed partial class Comments(IEnumerable<string> files, Func<string, string?> link)
{
    private readonly Dictionary<string, XElement> _members = files
        .SelectMany(path => XDocument.Load(path, LoadOptions.PreserveWhitespace).Descendants("member"))
        .ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);

    /// <summary>The comment of a member, that of an interface or base where it says inheritdoc; null where there is none.</summary>
    public XElement? Of(MemberInfo member)
    {
        XElement? own = _members.GetValueOrDefault(MemberId.Of(member));
        return own?.Element("inheritdoc") is null ? own : Inherited(member);
    }

    /// <summary>Whether a member says that its comment stands elsewhere, perhaps outside of Euterpe.</summary>
    public bool Inherits(MemberInfo member) => _members.GetValueOrDefault(MemberId.Of(member))?.Element("inheritdoc") is not null;

    /// <summary>One element's text, in one paragraph a para.</summary>
    public string Text(XElement? element)
    {
        if (element is null)
            return "";
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
            Write(text, node);
        return string.Join("\n\n", text.ToString().Split('\v').Select(part => Spaces().Replace(part, " ").Trim()).Where(part => part.Length > 0));
    }

    private void Write(StringBuilder text, XNode node)
    {
        switch (node)
        {
            case XText plain:
                text.Append(Special().Replace(plain.Value, @"\$0"));
                break;
            case XElement { Name.LocalName: "c" or "code" } code:
                text.Append('`').Append(code.Value.Trim()).Append('`');
                break;
            case XElement { Name.LocalName: "paramref" or "typeparamref" } named:
                text.Append('*').Append(named.Attribute("name")?.Value).Append('*');
                break;
            case XElement { Name.LocalName: "see" or "seealso" } see:
                text.Append(See(see));
                break;
            case XElement { Name.LocalName: "para" } para:
                text.Append('\v').Append(Text(para)).Append('\v');
                break;
            case XElement other:
                text.Append(Text(other));
                break;
        }
    }

    private string See(XElement see)
    {
        if (see.Attribute("langword")?.Value is { } word)
            return $"`{word}`";
        if (see.Attribute("href")?.Value is { } address)
            return $"[{(see.Value.Length > 0 ? see.Value : address)}]({address})";
        string id = see.Attribute("cref")?.Value ?? "";
        return Reference(id);
    }

    /// <summary>A name that something is filed under, as a person writes it, with a link where it has a page.</summary>
    public string Reference(string id)
    {
        string name = id.Length > 2 ? id[2..].Split('(')[0] : id;
        string[] parts = [.. name.Split('.').Select(part => part.Split('`')[0])];
        bool member = id.Length > 0 && id[0] is not 'T';
        string owner = "T:" + (member && name.Contains('.', StringComparison.Ordinal) ? name[..name.LastIndexOf('.')] : name);
        string shown = member && parts.Length > 1 ? parts[^1] == "#ctor" ? parts[^2] : $"{parts[^2]}.{parts[^1]}" : parts[^1];
        return link(owner) is { } address ? $"[`{shown}`]({address})" : $"`{shown}`";
    }

    private XElement? Inherited(MemberInfo member)
    {
        Type type = member.DeclaringType!;
        IEnumerable<Type> above = type.GetInterfaces().OrderByDescending(each => each.GetInterfaces().Length);
        for (Type? parent = type.BaseType; parent is not null; parent = parent.BaseType)
            above = above.Append(parent);
        string own = MemberId.Of(member), outer = type.FullName!.Replace('+', '.');
        string tail = own[(own.IndexOf(outer, StringComparison.Ordinal) + outer.Length)..];
        foreach (Type each in above.Select(each => each.IsGenericType ? each.GetGenericTypeDefinition() : each))
        {
            if (_members.TryGetValue($"{own[0]}:{each.FullName!.Replace('+', '.')}{tail}", out XElement? found))
                return found;
        }

        return null;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"[\\*_`<\[\]|]")]
    private static partial Regex Special();
}
