// Watches where Tab goes: what it reached, and where one would not have seen it (WCAG 2.1.1, 2.4.7 and 2.4.11).
() => {
  const before = document.activeElement;
  const unfolded = [...document.querySelectorAll("details[open]")];
  const reached = new WeakSet();
  const unseen = new Set();
  const name = (element) => element.outerHTML.slice(0, 120);

  // What can be used now. Of a group of radio buttons Tab stops at one, the arrows go on from there.
  const controls = () => {
    const around = document.querySelector("dialog:modal") ?? document;
    const stop = (radio) => {
      const group = [...around.querySelectorAll("[type=radio]")].filter(
        (each) => each.name === radio.name && each.form === radio.form,
      );
      return group.find((each) => each.checked) ?? group[0];
    };
    return [...around.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(
      (each) =>
        each.checkVisibility({ visibilityProperty: true }) &&
        !each.closest("[inert]") &&
        !each.matches(":disabled, [type=hidden], [tabindex='-1']") &&
        (each.type !== "radio" || stop(each) === each),
    );
  };
  const outlined = (element, pseudo) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element, pseudo);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  };
  const shown = (element) =>
    [element, element.closest("label"), element.nextElementSibling].some((each) => each && outlined(each)) ||
    outlined(element, "::after");
  const covered = (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    // Those that are only heard have a label that is seen.
    if (width < 4 || height < 4) return false;
    const belongs = (above) =>
      element.contains(above) || above.contains(element) || element.closest("label")?.contains(above);
    const places = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
    return !places.some(([x, y]) => {
      const above = document.elementFromPoint(left + x * width, top + y * height);
      return above && belongs(above);
    });
  };
  const look = () => {
    const element = document.activeElement;
    // Where a mouse or the page itself has put the focus nothing was reached.
    if (!element?.matches(":focus-visible:not(body, [tabindex='-1'])") || reached.has(element)) return;
    reached.add(element);
    if (!shown(element)) unseen.add(`nothing shows the focus on ${name(element)}`);
    if (covered(element)) unseen.add(`something covers ${name(element)}`);
  };
  window.tabbing = {
    left: () => {
      look();
      return controls()
        .filter((each) => !reached.has(each))
        .map((each) => `Tab never reaches ${name(each)}`);
    },
    // The focus is then where it was, and what was open is again.
    end: () => {
      if (before === document.body) document.activeElement.blur();
      else before.focus();
      for (const details of unfolded) details.open = true;
      return [...unseen];
    },
  };
};
